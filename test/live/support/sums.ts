/** Standard error with each sum on one line: the command breaks those that are wider than a terminal. */
export function unbroken(errors: string): string {
  return errors.replaceAll(/\nconntrail: {3}/g, ' ');
}
