// From the rounds to the figures of each row.

import { NAMES } from './contenders.mjs';
import { ROWS, SIZES } from './rows.mjs';

export function median(values) {
  const sorted = values.toSorted((first, second) => first - second);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const short = (value) => Number(value.toPrecision(4));

/** The goals of a row, each with what was reached. */
function judged(row, ours, ratio) {
  const goals = Object.entries(row.goals).map(([than, most]) => ({ than, most, reached: ratio(than) }));
  if (row.most !== undefined) goals.push({ most: row.most, reached: ours });
  return goals.map((goal) => ({ ...goal, reached: short(goal.reached) }));
}

/** Medians over the rounds, and medians of each round's ratios: those are steadier on a busy machine. */
function summarize(row, rounds) {
  const { id, title, unit } = row;
  const value = (round, name, id) => round[name][id] - (row.net ? round.empty[id] : 0);
  const known = NAMES.filter((name) => rounds[0][name]?.[id] !== undefined);
  const medians = known.map((name) => [name, short(median(rounds.map((round) => value(round, name, id))))]);
  const ratio = (name) => median(rounds.map((round) => value(round, 'ours', id) / value(round, name, row.than ?? id)));
  const goals = known.length === 0 ? [] : judged(row, Object.fromEntries(medians).ours, ratio);
  return { id, title, unit, medians: Object.fromEntries(medians), goals };
}

export function summary(rounds, sizes) {
  const fixed = SIZES.map(({ id, title, unit, ...row }) =>
    ({ id, title, unit, medians: { ours: sizes[id] }, goals: judged(row, sizes[id]) }));
  return [...ROWS.map((row) => summarize(row, rounds)), ...fixed];
}
