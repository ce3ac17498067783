import { missing } from './missing.js'; export const actions = missing;
