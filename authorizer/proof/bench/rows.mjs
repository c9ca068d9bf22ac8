// What is measured, and the figures to reach: the rows of the table.

/**
 * `net`: without what an empty handler takes. `than`: the row of the others that ours is compared with.
 * `goals`: the most that ours may be, in multiples of another contender or (`most`) by itself.
 */
export const ROWS = [
  { id: 'fresh', title: 'fresh token', unit: 'µs', goals: { floor: 1.1, jose: 0.33, 'aws-jwt-verify': 0.8, clerk: 0.2 } },
  { id: 'repeated', title: 'repeated token', unit: 'µs', goals: { jose: 1 / 45, 'fast-jwt': 1 / 2 } },
  { id: 'gallery', title: 'gallery, 50 images per token', unit: 'µs', goals: { jose: 1 / 30 } },
  { id: 'refused', than: 'fresh', title: 'refused before RSA', unit: 'µs', goals: { jose: 0.06 } },
  { id: 'cold', net: true, title: 'cold start: import and first answer', unit: 'ms', goals: { jose: 0.5, floor: 1.8 } },
  { id: 'coldCaches', title: 'cold caches', unit: 'µs', goals: { jose: 0.45 } },
  { id: 'shareMedian', title: 'share of 128 MB, gallery: median', unit: 'ms', goals: { jose: 0.15 } },
  { id: 'shareWorst', title: 'share of 128 MB, gallery: worst', unit: 'ms', goals: { jose: 1 / 5 } },
  { id: 'memory', net: true, title: 'memory after 10,000 tokens', unit: 'MB', goals: {}, most: 10 },
];

export const SIZES = [
  { id: 'zipKib', title: 'zip', unit: 'KiB', goals: {}, most: 24 },
  { id: 'wasmKib', title: 'wasm', unit: 'KiB', goals: {}, most: 24 },
];
