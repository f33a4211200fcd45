import { CONNECTION_SCHEMA, LEDGER_SCHEMA, OUTPUT_SCHEMA } from './generated/schemas.js';

/** Schema of a stream: a union, since one container holds all record types in the order they were made. */
export const STREAM_SCHEMA = `[${CONNECTION_SCHEMA},${LEDGER_SCHEMA},${OUTPUT_SCHEMA}]`;
