export { declaredCharset } from './charset.js';
export { requireAllowedType } from './detect-content-type.js';
export { judgeType } from './judge-type.js';
export { isTextType } from './type-families.js';
