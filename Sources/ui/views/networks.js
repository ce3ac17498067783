import { missing } from './missing.js'; export const networks = missing;
