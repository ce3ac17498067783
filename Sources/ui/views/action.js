import { missing } from './missing.js'; export const action = missing;
