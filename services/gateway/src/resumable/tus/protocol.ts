export const tusVersion = '1.0.0';
export const tusExtensions = [
  'creation',
  'creation-with-upload',
  'creation-defer-length',
  'checksum',
  'expiration',
  'termination',
  'concatenation',
];
export const checksumAlgorithms = ['sha1', 'sha256', 'md5'] as const;

/** The type of a body that is appended. */
export const pieceType = 'application/offset+octet-stream';
