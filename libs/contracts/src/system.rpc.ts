import { z } from 'zod';
import { Caller } from './caller.js';
import { defineRpc } from './contract.js';
import { DeadLetterRecord, StartedAudit, SystemReport } from './system.rest.js';

/** What admins ask for: judged by the scope `admin` of the caller once more. Errors of all: `forbidden`, `unavailable`. */
const asAdmin = { caller: Caller };

/** What metadata knows of the system: the rest of the report its gateway knows by itself. */
export const ReadSystem = defineRpc(
  'metadata.system.read',
  z.object(asAdmin),
  SystemReport.omit({ services: true, volume: true }),
);

/** Oldest first, behind the sequence `after`. A page may hold fewer than `limit`; `next` leads on, or is null. */
export const ListDeadLetters = defineRpc(
  'metadata.dead_letters.list',
  z.object({ ...asAdmin, after: z.int().nonnegative(), limit: z.int().min(1).max(200) }),
  z.object({ dead_letters: z.array(DeadLetterRecord), next: z.int().positive().nullable() }),
);

const letter = { ...asAdmin, seq: z.int().positive() };

/**
 * Gives a message back to the service that gave it up, and to nobody else. Errors: `dead_letter_not_found`, `conflict` (the message itself is not
 * there any more).
 */
export const ReplayDeadLetter = defineRpc('metadata.dead_letters.replay', z.object(letter), z.object({}));

/** For good; idempotent. */
export const DropDeadLetter = defineRpc('metadata.dead_letters.drop', z.object(letter), z.object({}));

/** Answered when the audit has begun. Errors: `conflict` (one is running). */
export const StartAudit = defineRpc(
  'audits.start',
  z.object({ ...asAdmin, repair: z.boolean(), full: z.boolean() }),
  StartedAudit,
);
