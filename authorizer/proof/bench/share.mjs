// The processor share that Lambda gives to 128 MB: 128/1769 of one, here in slices of 20 ms.

import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PERIOD = 20_000;
const QUOTA = Math.round((PERIOD * 128) / 1769);
const V1 = '/sys/fs/cgroup/cpu';
const V2 = '/sys/fs/cgroup';

/** A control group with that share; undefined where this user, or this system, cannot make one. */
export function makeShare() {
  const isV1 = existsSync(join(V1, 'cpu.cfs_quota_us'));
  const folder = join(isV1 ? V1 : V2, `edgegate-bench-${process.pid}`);
  try {
    mkdirSync(folder);
    if (isV1) {
      writeFileSync(join(folder, 'cpu.cfs_period_us'), String(PERIOD));
      writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(QUOTA));
    } else {
      writeFileSync(join(folder, 'cpu.max'), `${QUOTA} ${PERIOD}`);
    }
  } catch {
    if (existsSync(folder)) rmdirSync(folder);
    return undefined;
  }
  return { procs: join(folder, 'cgroup.procs'), remove: () => rmdirSync(folder) };
}
