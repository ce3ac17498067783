import { missing } from './missing.js'; export const documents = missing;
