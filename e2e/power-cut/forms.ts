import { openVolumeAlone } from './volume-alone.ts';
import { openWholeSystem } from './whole-system.ts';

export const forms = { 'whole system': openWholeSystem, 'volume alone': openVolumeAlone };
export type FormName = keyof typeof forms;
