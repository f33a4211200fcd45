/** Releases by their first two numbers; negative: `a` is older. What a vendor adds behind them says nothing. */
export function compareVersions(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = numbers(a);
  const [majorB = 0, minorB = 0] = numbers(b);
  return majorA - majorB || minorA - minorB;
}

function numbers(release: string): number[] {
  return release.split('.').map((part) => Number.parseInt(part, 10) || 0);
}
