/** The two constant strings of every record; the peers have the same. */
export const HOST = 'bench-host-01';
export const BOOT_ID = '2b6f0cc9-04d1-46e1-a5de-0a31ae4f1d4c';
