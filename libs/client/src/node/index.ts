export { FolderUploadStore } from './folder-upload-store.js';
export { type OpenedFile, openFile } from './open-file.js';
