import { expect, jest, test } from '@jest/globals';
import { cutUnderLoad } from './power-cut/cut.ts';
import { type FormName, forms } from './power-cut/forms.ts';
import { type FileSystem, findObstacle, LoopDisk } from './power-cut/loop-disk.ts';

jest.setTimeout(240_000);

/** `npm run test:power` has ten cuts of each form on each file system, and those of the first seconds. */
const cuts: [FileSystem, FormName][] = [
  ['ext4', 'whole system'],
  ['xfs', 'volume alone'],
];

const obstacle = await findObstacle();

if (obstacle) test.skip(`power cuts are left out: ${obstacle}`, () => undefined);
else
  test.concurrent.each(cuts)('%s, %s: what was answered survives a power cut', async (fileSystem, form) => {
    const disk = LoopDisk.make(fileSystem);
    try {
      const system = await forms[form]({ disk, durability: 'fsync', log: () => undefined });
      try {
        const { faults, kept } = await cutUnderLoad(system);
        expect({ kept: kept.length > 0, faults }).toEqual({ kept: true, faults: [] });
      } finally {
        await system.close();
      }
    } finally {
      await disk.remove();
    }
  });
