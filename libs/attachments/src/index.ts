export { confirmAttachment } from './confirm-attachment.js';
export { pendingKeyOf, removeAdopted, removeSent } from './sent-objects.js';
