import { ConntrailError } from '../errors.js';
import { type NativeAddon, native } from '../native/index.js';

/**
 * The addon.
 * @throws ConntrailError CONNTRAIL_ADDON_MISSING when it was not built, or not for this machine; CONNTRAIL_ADDON_DAMAGED when it is not what
 *   was built, or others may change it
 */
export function addon(): NativeAddon {
  try {
    return native();
  } catch (cause) {
    if (cause instanceof ConntrailError) throw cause;
    const sentence = 'The native addon does not load; build it with `scripts/setup`.';
    throw new ConntrailError('CONNTRAIL_ADDON_MISSING', sentence, { cause });
  }
}
