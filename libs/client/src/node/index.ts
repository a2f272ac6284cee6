export { FolderUploadStore } from './folder-upload-store.js';
export { openFile } from './open-file.js';
