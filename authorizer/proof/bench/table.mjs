// From the rounds to one table.

import { NAMES } from './contenders.mjs';
import { ROWS, SIZES } from './rows.mjs';

const RATIOS = ['floor', 'jose', 'aws-jwt-verify', 'clerk', 'fast-jwt'];

export function median(values) {
  const sorted = values.toSorted((first, second) => first - second);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The goals of a row, each with what was reached. */
function judged(row, ours, ratios) {
  const goals = Object.entries(row.goals).map(([than, most]) => ({ than, most, reached: ratios[than] }));
  if (row.most !== undefined) goals.push({ most: row.most, reached: ours });
  return goals.map((goal) => ({ ...goal, ok: goal.reached <= goal.most }));
}

/** Medians over the rounds, and medians of each round's ratios: those are steadier on a busy machine. */
function summarize(row, rounds) {
  const value = (round, name, id) => round[name][id] - (row.net ? round.empty[id] : 0);
  const of = (name) => median(rounds.map((round) => value(round, name, row.id)));
  const ratio = (name) => median(rounds.map((round) => value(round, 'ours', row.id) / value(round, name, row.than ?? row.id)));
  const known = NAMES.filter((name) => rounds[0][name]?.[row.id] !== undefined);
  if (known.length === 0) return { ...row, skipped: true };
  const medians = Object.fromEntries(known.map((name) => [name, of(name)]));
  const ratios = Object.fromEntries(known.filter((name) => RATIOS.includes(name)).map((name) => [name, ratio(name)]));
  return { ...row, medians, ratios, goals: judged(row, medians.ours, ratios) };
}

export function summary(rounds, sizes) {
  const fixed = SIZES.map((row) => ({ ...row, medians: { ours: sizes[row.id] }, ratios: {}, goals: judged(row, sizes[row.id], {}) }));
  return [...ROWS.map((row) => summarize(row, rounds)), ...fixed];
}

function figure(value) {
  if (value === undefined) return '';
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(value >= 100 ? 3 : 2);
}

function goalText({ than, most, ok }) {
  return `≤ ${most < 0.05 ? `1/${Math.round(1 / most)}` : most}${than ? ` × ${than}` : ''} ${ok ? 'ok' : 'MISS'}`;
}

export function table(rows) {
  const head = ['', 'unit', ...NAMES, ...RATIOS.map((name) => `× ${name}`), 'to reach'];
  const lines = rows.map((row) => {
    if (row.skipped) return [row.title, row.unit, ...head.slice(2).map(() => ''), 'skipped: no writable control group'];
    const values = NAMES.map((name) => figure(row.medians[name]));
    return [row.title, row.unit, ...values, ...RATIOS.map((name) => figure(row.ratios[name])), row.goals.map(goalText).join(', ')];
  });
  const widths = head.map((_, column) => Math.max(3, ...[head, ...lines].map((line) => line[column].length)));
  const draw = (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [draw(head), rule, ...lines.map(draw)].join('\n');
}
