/**
 * `fsync`: what was written survives a power cut before anybody is told of it.
 * `os`: it survives the death of the process, but may be lost with the machine.
 */
export type Durability = 'fsync' | 'os';
