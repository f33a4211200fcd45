/** Descriptors of what the feature has loaded, by what they are for; -1 = absent. */
export type QueueHandles = Readonly<
  Record<
    | 'even'
    | 'odd'
    | 'swept'
    | 'paths'
    | 'recent'
    | 'control'
    // The link of the iterator.
    | 'sweep'
    // Programs.
    | 'receive'
    | 'send'
    | 'page'
    | 'accept',
    number
  >
>;
