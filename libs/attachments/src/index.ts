export { AttachmentMetrics } from './attachment-metrics.js';
export { confirmAttachment } from './confirm-attachment.js';
export { pendingKeyOf, removeAccepted, removeSent } from './sent-objects.js';
