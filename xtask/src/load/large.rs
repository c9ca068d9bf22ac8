//! One object that is larger than anybody wants to hold in memory, up and down.

use super::memory;
use super::viewer::Run;
use crate::token;
use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use reqwest::Body;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context as Waker, Poll};

const PIECE: u64 = 64 * 1024;
const MIB: u64 = 1024 * 1024;

/// Sends that many MiB up and twice down, compares them, and says by how many MiB the memory of this
/// process has grown meanwhile. Nothing for no size.
pub(super) async fn up_and_down(run: &Run, mib: u64) -> Result<Option<(u64, Option<u64>)>> {
    if mib == 0 {
        return Ok(None);
    }
    memory::forget_peak();
    let before = memory::resident();
    let claims = token::session(&run.config, "user_large", token::now()?, 60);
    let bearer = format!("Bearer {}", run.issuer.mint(&claims));
    let url = format!("{}/users/user_large/large.jpg", run.edge);
    let pieces = Pieces { next: 0, end: mib * MIB / PIECE };
    let put = run.http.put(&url).header("authorization", &bearer);
    let put = put.header("content-type", "image/jpeg").body(Body::wrap(pieces));
    let answer = put.send().await.context("the edge does not answer")?;
    let status = answer.status();
    if status != 200 {
        bail!("an upload of {mib} MiB: {status}: {}", answer.text().await.unwrap_or_default());
    }
    for _ in 0..2 {
        down(run, &url, mib).await?;
    }
    let growth = memory::peak().zip(before).map(|(peak, before)| peak.saturating_sub(before));
    Ok(Some((mib, growth)))
}

async fn down(run: &Run, url: &str, mib: u64) -> Result<()> {
    // The upload may have outlived its token.
    let claims = token::session(&run.config, "user_large", token::now()?, 60);
    let bearer = format!("Bearer {}", run.issuer.mint(&claims));
    let mut answer = run.http.get(url).header("authorization", bearer).send().await?;
    ensure!(answer.status() == 200, "a download of {mib} MiB: {}", answer.status());
    let (mut expected, mut next, mut received) = (Vec::new(), 0, 0);
    while let Some(chunk) = answer.chunk().await.context("a download that stops half way")? {
        while expected.len() < chunk.len() {
            expected.extend(piece(next));
            next += 1;
        }
        ensure!(
            expected[..chunk.len()] == chunk[..],
            "a download of {mib} MiB differs at {received}"
        );
        expected.drain(..chunk.len());
        received += chunk.len() as u64;
    }
    ensure!(received == mib * MIB, "a download of {mib} MiB ended after {received} bytes");
    Ok(())
}

/// A body that is made while it is sent.
struct Pieces {
    next: u64,
    end: u64,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Waker<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.next;
        self.next += 1;
        Poll::Ready((next < self.end).then(|| Ok(Frame::data(piece(next).into()))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.end.saturating_sub(self.next) * PIECE)
    }
}

/// The bytes at a place: no two are alike.
fn piece(number: u64) -> Vec<u8> {
    number.to_le_bytes().repeat(8 * 1024)
}
