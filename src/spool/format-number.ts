/** Number of the format that this build writes; it reads this one and all before, and refuses later ones. */
export const SPOOL_FORMAT = 1;
