/** How many audit events a second one core makes of records: from a queue message, and from a record of a trail's file. */
import { readFileSync } from 'node:fs';
import { eventBridge } from '../test/_fixtures/cloudtrail.ts';
import { normalise, normaliseRecord } from '../lambdas/audit/normalise/normalise.ts';
import { rawRecord } from '../lambdas/audit/normalise/raw-record.ts';
import { medianOf } from './support/median.ts';

const file = new URL('../test/_fixtures/audit-records/secrets-manager-log-entries.json', import.meta.url);
const records = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>[];
const bodies = records.map((record) => JSON.stringify(eventBridge(record)));
const origin = { account: '111122223333', region: 'eu-west-1' };

const runs = 5;
const rounds = 200;

const cases: Readonly<Record<string, () => void>> = {
  'queue message to event': () => {
    for (const body of bodies) normalise(body);
  },
  'queue message to event as JSON': () => {
    for (const body of bodies) JSON.stringify(normalise(body));
  },
  'record of a file to event': () => {
    for (const record of records) normaliseRecord(record, origin);
  },
  'raw record': () => {
    for (const record of records) rawRecord(record);
  },
};

/** Of processor time in user mode: other work of the machine counts less in it than in the wall time. */
const eventsPerSecond = (round: () => void): number => {
  const before = process.cpuUsage();
  for (let count = 0; count < rounds; count++) round();
  return (records.length * rounds) / (process.cpuUsage(before).user / 1_000_000);
};

export const run = ({ json }: { json: boolean }): Promise<void> => {
  const figures = Object.entries(cases).map(([name, round]) => {
    eventsPerSecond(round);
    const rates = Array.from({ length: runs }, () => eventsPerSecond(round));
    return { name, eventsPerSecond: Math.round(medianOf(rates)) };
  });
  if (json) console.log(JSON.stringify({ node: process.version, runs, kinds: records.length, figures }, undefined, 2));
  else {
    for (const { name, eventsPerSecond: rate } of figures) {
      console.log(`${name.padEnd(34)} ${rate.toLocaleString('en').padStart(9)} events/s per core`);
    }
    console.log(`${records.length} kinds of records, medians of ${runs} runs, Node ${process.version}.`);
  }
  return Promise.resolve();
};
