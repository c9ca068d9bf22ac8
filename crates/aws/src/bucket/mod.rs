//! The private bucket that holds the images.

use crate::explain::{Explain, Failure, Named, found};
use crate::owner::{Adoption, Candidate, owner, tag_it};
use crate::tree::{node as tree_node, observed, parse};
use crate::wait::{ABORTED, Wait, taken, unchanged};
use crate::{OWNER_TAG, Reporter};
use anyhow::Result;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    BucketCannedAcl, BucketLocationConstraint, BucketNamespace, BucketVersioningStatus,
    CreateBucketConfiguration, ObjectOwnership, OwnershipControls, OwnershipControlsRule, Tag,
    Tagging, VersioningConfiguration,
};
use config::Names;
use engine::{Deletion, Node, Observed, Owner, Refused, Resource};
use serde_json::Value;
use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

mod beside;
mod props;

use props::Props;

/// After a deletion S3 keeps the name for some minutes (S3 API, "Error responses").
const ABORTED_DEADLINE: Duration = Duration::from_mins(5);

/// S3 shows a new bucket everywhere within seconds (S3 user guide, "Amazon S3 data consistency
/// model").
const UNKNOWN: &[Named] = &[Named { code: "NoSuchBucket", text: "" }];
const KNOWN_DEADLINE: Duration = Duration::from_mins(1);

/// The Region that is no `LocationConstraint`: leaving it out is how to name it
/// (S3 API, `CreateBucket`).
const UNNAMED_REGION: &str = "us-east-1";

pub(crate) fn node(names: &Names) -> Result<Node> {
    tree_node("bucket", &Props::desired(names), &[])
}

pub(crate) struct Bucket {
    pub(crate) s3: Client,
    pub(crate) names: Names,
    pub(crate) adoption: Adoption,
    pub(crate) report: Reporter,
}

#[async_trait::async_trait]
impl Resource for Bucket {
    async fn read(&self) -> Result<Option<Observed>> {
        let Some(tags) = self.tags().await? else { return Ok(None) };
        let owner = self.owner(&tags)?;
        let (props, beside) = tokio::try_join!(Box::pin(self.facets()), self.beside())?;
        Ok(Some(Observed { owner, beside, ..self.shown(&props)? }))
    }

    /// Only ever called for a bucket that a read did not find. Should it appear in between,
    /// the account-regional namespace answers `BucketAlreadyOwnedByYou` in every Region, where a
    /// global bucket in us-east-1 would have its ACLs reset (S3 user guide, "Namespaces for general
    /// purpose buckets").
    async fn create(&self, desired: &Value) -> Result<Observed> {
        // With the tag in the same call there is no moment in which the bucket is nobody's.
        let tag = Tag::builder().key(OWNER_TAG).value(&self.names.stack).build()?;
        let region = (self.names.region != UNNAMED_REGION)
            .then(|| BucketLocationConstraint::from(self.names.region.as_str()));
        let config = CreateBucketConfiguration::builder().tags(tag);
        let config = config.set_location_constraint(region).build();
        let created = self.retry(|| async {
            let create = self.s3.create_bucket().bucket(&self.names.bucket);
            let create = create.bucket_namespace(BucketNamespace::AccountRegional);
            let create = create.object_ownership(ObjectOwnership::BucketOwnerEnforced);
            create.create_bucket_configuration(config.clone()).send().await.explain()
        });
        let want: Props = parse(desired)?;
        let now = match created.await {
            // What a new bucket has by default is S3's to change: everything is written.
            Ok(_) => want.bare(),
            // Whatever of it differs is written.
            Err(failure) => parse(&taken(self, failure, |_| true).await?.props)?,
        };
        self.write(&now, &want).await?;
        self.shown(&want)
    }

    async fn update(&self, current: &Observed, desired: &Value) -> Result<Observed> {
        unchanged(self, Some(&current.props)).await?;
        if current.owner == Owner::Nobody {
            self.claim().await?;
        }
        let want: Props = parse(desired)?;
        self.write(&parse(&current.props)?, &want).await?;
        self.shown(&want)
    }

    async fn delete(&self, _: &Observed) -> Result<Deletion> {
        let deleted = self.retry(|| async {
            let delete = self.s3.delete_bucket().bucket(&self.names.bucket);
            delete.expected_bucket_owner(&self.names.account).send().await.explain()
        });
        match found(deleted.await, &["NoSuchBucket"]) {
            Err(failure) if failure.is(&["BucketNotEmpty"]) => Err(Refused {
                message: format!("the bucket `{}` still holds images", self.names.bucket),
                hint: "move them elsewhere, or delete them for ever: cargo xtask teardown --delete-images"
                    .to_owned(),
            }
            .into()),
            answer => Ok(answer.map(|_| Deletion::Done)?),
        }
    }
}

impl Bucket {
    fn shown(&self, props: &Props) -> Result<Observed> {
        let Names { bucket, region, .. } = &self.names;
        let domain = format!("{bucket}.s3.{region}.amazonaws.com");
        let arn = format!("arn:aws:s3:::{bucket}");
        observed(props, [("name", bucket.clone()), ("arn", arn), ("domain", domain)])
    }

    /// None when there is no such bucket.
    async fn tags(&self) -> Result<Option<Vec<Tag>>> {
        let Names { bucket, region, account, .. } = &self.names;
        let get = self.s3.get_bucket_tagging().bucket(bucket).expected_bucket_owner(account);
        match get.send().await.explain() {
            Ok(it) => Ok(Some(it.tag_set)),
            Err(failure) if failure.is(&["NoSuchBucket"]) => Ok(None),
            Err(failure) if failure.is(&["NoSuchTagSet"]) => Ok(Some(Vec::new())),
            Err(failure) if failure.status == 301 => Err(Refused {
                message: format!("the bucket `{bucket}` is not in {region}"),
                hint: "set `stack.region` in edgegate.toml to the bucket's Region".to_owned(),
            }
            .into()),
            Err(failure) => Err(failure.into()),
        }
    }

    fn owner(&self, tags: &[Tag]) -> Result<Owner, Refused> {
        let name = &self.names.bucket;
        let stack = tags.iter().find(|it| it.key == OWNER_TAG).map(|it| it.value.as_str());
        let (listed, claim) = (self.names.adopt.bucket.as_deref(), tag_it(&self.names));
        let it = Candidate { what: "bucket", name, stack, listed, id: name, claim: &claim };
        owner(&self.names, self.adoption, &it)
    }

    /// Puts the stack's tag beside those that are there: S3 knows only the whole set.
    async fn claim(&self) -> Result<()> {
        let tags = self.tags().await?.unwrap_or_default().into_iter();
        let ours = Tag::builder().key(OWNER_TAG).value(&self.names.stack).build()?;
        let tags = tags.chain([ours]).collect();
        let tagging = Tagging::builder().set_tag_set(Some(tags)).build()?;
        self.change(|| async {
            let put = self.s3.put_bucket_tagging().bucket(&self.names.bucket);
            let put = put.tagging(tagging.clone()).expected_bucket_owner(&self.names.account);
            put.send().await.explain()
        })
        .await?;
        Ok(())
    }

    async fn facets(&self) -> Result<Props> {
        let (s3, name, owner) = (&self.s3, &self.names.bucket, &self.names.account);
        let access = s3.get_public_access_block().bucket(name).expected_bucket_owner(owner);
        let ownership =
            s3.get_bucket_ownership_controls().bucket(name).expected_bucket_owner(owner);
        let encryption = s3.get_bucket_encryption().bucket(name).expected_bucket_owner(owner);
        let versioning = s3.get_bucket_versioning().bucket(name).expected_bucket_owner(owner);
        let lifecycle = s3.get_bucket_lifecycle_configuration().bucket(name);
        let lifecycle = lifecycle.expected_bucket_owner(owner);
        let website = s3.get_bucket_website().bucket(name).expected_bucket_owner(owner);
        let cors = s3.get_bucket_cors().bucket(name).expected_bucket_owner(owner);
        let (access, ownership, encryption, versioning, lifecycle, website, cors) = tokio::try_join!(
            async {
                found(access.send().await.explain(), &["NoSuchPublicAccessBlockConfiguration"])
            },
            async { found(ownership.send().await.explain(), &["OwnershipControlsNotFoundError"]) },
            async {
                let none = ["ServerSideEncryptionConfigurationNotFoundError"];
                found(encryption.send().await.explain(), &none)
            },
            async { versioning.send().await.explain() },
            async { found(lifecycle.send().await.explain(), &["NoSuchLifecycleConfiguration"]) },
            async { found(website.send().await.explain(), &["NoSuchWebsiteConfiguration"]) },
            async { found(cors.send().await.explain(), &["NoSuchCORSConfiguration"]) },
        )?;
        let ownership = ownership.and_then(|it| it.ownership_controls?.rules.into_iter().next());
        let ownership = ownership.map(|it| it.object_ownership);
        // Where the owner is enforced there are no ACLs to ask for.
        let acl = match &ownership {
            Some(ObjectOwnership::BucketOwnerEnforced) => Vec::new(),
            _ => self.acl().await?,
        };
        Ok(Props {
            name: name.clone(),
            region: self.names.region.clone(),
            public_access_block: access
                .and_then(|it| it.public_access_block_configuration)
                .as_ref()
                .map(props::access_from_sdk),
            ownership: ownership.map(|it| it.to_string()),
            acl,
            encryption: encryption
                .and_then(|it| it.server_side_encryption_configuration)
                .and_then(props::encryption_from_sdk),
            versioning: versioning.status.map(|it| it.to_string()),
            lifecycle: props::lifecycle_from_sdk(lifecycle.and_then(|it| it.rules)),
            website: website.as_ref().map(props::website_from_sdk),
            cors: cors.map(|it| props::cors_from_sdk(it.cors_rules())).unwrap_or_default(),
        })
    }

    /// To whom else than the owner it grants something, and what.
    async fn acl(&self) -> Result<Vec<String>> {
        let get = self.s3.get_bucket_acl().bucket(&self.names.bucket);
        let answer = get.expected_bucket_owner(&self.names.account).send().await.explain()?;
        let owner = answer.owner.and_then(|it| it.id);
        Ok(props::acl_from_sdk(answer.grants.unwrap_or_default(), owner.as_deref()))
    }

    /// Who else is told of the images, or gets a copy. Accounts have reasons for that, such as an
    /// audit or a backup, and it takes nothing from the stack.
    async fn beside(&self) -> Result<BTreeMap<String, String>> {
        let (s3, name, owner) = (&self.s3, &self.names.bucket, &self.names.account);
        let logging = s3.get_bucket_logging().bucket(name).expected_bucket_owner(owner);
        let replication = s3.get_bucket_replication().bucket(name).expected_bucket_owner(owner);
        let events = s3.get_bucket_notification_configuration().bucket(name);
        let events = events.expected_bucket_owner(owner);
        let (logging, replication, events) = tokio::try_join!(
            async { logging.send().await.explain() },
            async {
                let none = ["ReplicationConfigurationNotFoundError"];
                found(replication.send().await.explain(), &none)
            },
            async { events.send().await.explain() },
        )?;
        Ok(beside::of(logging, replication, events))
    }

    /// One after the other: S3 refuses two changes of a bucket at a time.
    async fn write(&self, now: &Props, want: &Props) -> Result<()> {
        if now.public_access_block != want.public_access_block {
            self.write_public_access_block(want).await?;
        }
        self.delete_extras(now).await?;
        if !now.acl.is_empty() {
            self.clear_acl().await?;
        }
        if now.ownership != want.ownership {
            self.write_ownership(want).await?;
        }
        if now.encryption != want.encryption {
            self.write_encryption(want).await?;
        }
        if now.versioning != want.versioning {
            self.write_versioning(want).await?;
        }
        if now.lifecycle != want.lifecycle {
            self.write_lifecycle(want).await?;
        }
        Ok(())
    }

    /// What the stack never has is taken away.
    async fn delete_extras(&self, now: &Props) -> Result<()> {
        let owner = &self.names.account;
        if now.website.is_some() {
            self.change(|| async {
                let delete = self.s3.delete_bucket_website().bucket(&self.names.bucket);
                delete.expected_bucket_owner(owner).send().await.explain()
            })
            .await?;
        }
        if !now.cors.is_empty() {
            self.change(|| async {
                let delete = self.s3.delete_bucket_cors().bucket(&self.names.bucket);
                delete.expected_bucket_owner(owner).send().await.explain()
            })
            .await?;
        }
        Ok(())
    }

    /// The owner is not enforced over an ACL that grants something to somebody else.
    async fn clear_acl(&self) -> Result<()> {
        self.change(|| async {
            let put = self.s3.put_bucket_acl().bucket(&self.names.bucket);
            let put = put.acl(BucketCannedAcl::Private);
            put.expected_bucket_owner(&self.names.account).send().await.explain()
        })
        .await?;
        Ok(())
    }

    async fn write_public_access_block(&self, want: &Props) -> Result<()> {
        let block = want.public_access_block.as_ref().map(props::access_to_sdk);
        self.change(|| async {
            let put = self.s3.put_public_access_block().bucket(&self.names.bucket);
            let put = put.set_public_access_block_configuration(block.clone());
            put.expected_bucket_owner(&self.names.account).send().await.explain()
        })
        .await?;
        Ok(())
    }

    async fn write_ownership(&self, want: &Props) -> Result<()> {
        let ownership = ObjectOwnership::from(want.ownership.as_deref().unwrap_or_default());
        let rule = OwnershipControlsRule::builder().object_ownership(ownership).build()?;
        let controls = OwnershipControls::builder().rules(rule).build()?;
        self.change(|| async {
            let put = self.s3.put_bucket_ownership_controls().bucket(&self.names.bucket);
            let put = put.ownership_controls(controls.clone());
            put.expected_bucket_owner(&self.names.account).send().await.explain()
        })
        .await?;
        Ok(())
    }

    async fn write_encryption(&self, want: &Props) -> Result<()> {
        let encryption = want.encryption.as_ref().map(props::encryption_to_sdk).transpose()?;
        self.change(|| async {
            let put = self.s3.put_bucket_encryption().bucket(&self.names.bucket);
            let put = put.set_server_side_encryption_configuration(encryption.clone());
            put.expected_bucket_owner(&self.names.account).send().await.explain()
        })
        .await?;
        Ok(())
    }

    async fn write_versioning(&self, want: &Props) -> Result<()> {
        let status = BucketVersioningStatus::from(want.versioning.as_deref().unwrap_or_default());
        let versioning = VersioningConfiguration::builder().status(status).build();
        self.change(|| async {
            let put = self.s3.put_bucket_versioning().bucket(&self.names.bucket);
            let put = put.versioning_configuration(versioning.clone());
            put.expected_bucket_owner(&self.names.account).send().await.explain()
        })
        .await?;
        Ok(())
    }

    async fn write_lifecycle(&self, want: &Props) -> Result<()> {
        let lifecycle = props::lifecycle_to_sdk(&want.lifecycle)?;
        self.change(|| async {
            let put = self.s3.put_bucket_lifecycle_configuration().bucket(&self.names.bucket);
            let put = put.lifecycle_configuration(lifecycle.clone());
            put.expected_bucket_owner(&self.names.account).send().await.explain()
        })
        .await?;
        Ok(())
    }

    /// A write to a bucket that may be so new that not every server of S3 knows it.
    async fn change<T, F>(&self, call: impl FnMut() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let wait = Wait::new("S3 to know the bucket", KNOWN_DEADLINE, &self.report);
        wait.retry(&[ABORTED, UNKNOWN].concat(), call).await
    }

    async fn retry<T, F>(&self, call: impl FnMut() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let wait = Wait::new("an earlier change of the bucket", ABORTED_DEADLINE, &self.report);
        wait.retry(ABORTED, call).await
    }
}
