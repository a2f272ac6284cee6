import multer from 'multer';
import { landFile } from './land-file.js';
import { answer, folder, refuse, serve } from './serve.js';

// A storage engine of its own: multer's disk storage neither hashes nor syncs.
const storage = {
  _handleFile: (_request, file, callback) => {
    landFile(file.stream, folder).then(
      (landed) => callback(null, { landed }),
      (error) => callback(error),
    );
  },
  _removeFile: (_request, _file, callback) => callback(null),
};
const take = multer({ storage }).single('file');

serve((request, response) => {
  take(request, response, (error) => {
    if (error) refuse(response, error);
    else answer(response, request.file.landed);
  });
});
