import type { Scene } from '../../replay/scene.js';
import type { Layout } from '../state/layout.js';
import type { Store } from '../state/store.js';
import type { AccessMap } from './access.js';

/** What runs are watched with: states and accesses are kept for as long as a search lasts. */
export interface Watching {
  readonly scene: Scene;
  readonly store: Store;
  readonly access: AccessMap;
  readonly layout: Layout;
  /** False where every instruction is a choice. */
  readonly reduces: boolean;
}
