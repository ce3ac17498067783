import { missing } from './missing.js'; export const machine = missing;
