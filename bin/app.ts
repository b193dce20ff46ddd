/**
 * The CDK app: the stacks of each environment of the catalog (`-c catalog=FOLDER`, else `catalog/`), or those of the
 * platform and of some applications (`-c only=payments,storefront`).
 */
import { synthCatalog } from '../lib/stacks/synth-catalog.ts';

synthCatalog();
