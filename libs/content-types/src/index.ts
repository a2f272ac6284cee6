export { charsetOf, declaredCharset } from './charset.js';
export { detectContentType, requireAllowedType } from './detect-content-type.js';
export { readTextHead } from './text-head.js';
export { isTextType } from './type-families.js';
