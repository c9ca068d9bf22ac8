//! The images of a run: few that everybody looks at, and those that are uploaded meanwhile.

use crate::prng::Prng;
use std::sync::{Mutex, PoisonError};

/// All bytes come from here, so that what an image should be takes no memory of its own.
const NOISE: usize = 4 * 1024 * 1024;
const SMALL: u64 = 4 * 1024;
const USUAL: u64 = 160 * 1024;
/// One image in so many is this large, which no cache keeps in memory.
const RARELY: u64 = 40;
const LARGE: u64 = 1_500 * 1024;

/// One image that is in the bucket.
#[derive(Clone)]
pub(super) struct Image {
    pub(super) path: String,
    number: u64,
    start: usize,
    length: usize,
}

/// What has been uploaded.
pub(super) struct Gallery {
    noise: Vec<u8>,
    images: Mutex<Vec<Image>>,
    /// So many were there from the beginning.
    first: usize,
}

impl Gallery {
    pub(super) fn new(prng: &mut Prng) -> Self {
        let noise = (0..NOISE / 8).flat_map(|_| prng.next().to_le_bytes()).collect();
        Self { noise, images: Mutex::default(), first: 0 }
    }

    /// An image that nobody has uploaded yet.
    pub(super) fn draw(user: &str, number: u64, prng: &mut Prng) -> Image {
        let most = if prng.below(RARELY) == 0 { LARGE } else { USUAL };
        let place = |it: u64| usize::try_from(it).unwrap_or_default();
        let (length, start) =
            (place(SMALL + prng.below(most)), place(prng.below(NOISE as u64 / 2)));
        Image { path: format!("/users/{user}/{number}.jpg"), number, start, length }
    }

    /// Its bytes: its number, and noise.
    pub(super) fn bytes(&self, image: &Image) -> Vec<u8> {
        [&image.number.to_le_bytes()[..], self.tail(image)].concat()
    }

    /// Whether these are its bytes, from the one at `start` on.
    pub(super) fn is(&self, image: &Image, start: usize, bytes: &[u8]) -> bool {
        self.bytes(image).get(start..start + bytes.len()) == Some(bytes)
    }

    pub(super) fn is_whole(&self, image: &Image, bytes: &[u8]) -> bool {
        bytes.len() == image.size() && self.is(image, 0, bytes)
    }

    fn tail(&self, image: &Image) -> &[u8] {
        &self.noise[image.start..image.start + image.length]
    }

    pub(super) fn add(&self, image: Image) {
        self.images.lock().unwrap_or_else(PoisonError::into_inner).push(image);
    }

    /// What is there by now is what everybody looks at.
    pub(super) fn open(&mut self) {
        self.first = self.images().len();
    }

    pub(super) fn images(&self) -> Vec<Image> {
        self.images.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One to look at: mostly of the first few, and of those rather the earlier.
    pub(super) fn pick(&self, prng: &mut Prng) -> Image {
        let images = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        let among = if prng.below(10) == 0 { images.len() } else { self.first } as u64;
        let at = prng.below(among).min(prng.below(among));
        images[usize::try_from(at).unwrap_or_default()].clone()
    }
}

impl Image {
    pub(super) fn size(&self) -> usize {
        size_of_val(&self.number) + self.length
    }
}
