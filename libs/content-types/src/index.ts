export { declaredCharset } from './charset.js';
export { requireAllowedType } from './detect-content-type.js';
export { judgeType } from './judge-type.js';
export { refuseToldType } from './refuse-told-type.js';
export { isTextType } from './type-families.js';
