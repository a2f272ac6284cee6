import { Uid } from '@wharf/contracts';
import { z } from 'zod';
import { documentFields } from './document-fields.js';
import { exampleUid } from './examples.js';

export const uidParameter = z.object(
  documentFields({ uid: Uid }, { uid: { description: 'The `uid` of a file', example: exampleUid } }),
);
