/** Key of a file's object, and its path in a directory store. */
export { objectKeyOf as keyFor } from '@wharf/contracts';
