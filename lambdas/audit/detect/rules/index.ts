/** Each detection with its rule. */
import type { DetectionName } from '../../../../lib/contract/index.ts';
import type { Rule } from './rule.ts';
import { auditTampering } from './audit-tampering.ts';
import { batchOfEverything } from './batch-of-everything.ts';
import { breakGlassAssumed } from './break-glass-assumed.ts';
import { decryptWithoutRead } from './decrypt-without-read.ts';
import { deniedBurst } from './denied-burst.ts';
import { enumeration } from './enumeration.ts';
import { firstRead } from './first-read.ts';
import { honeySecret } from './honey-secret.ts';
import { humanRead } from './human-read.ts';
import { keyChanged } from './key-changed.ts';
import { labelMoved } from './label-moved.ts';
import { manySecrets } from './many-secrets.ts';
import { outsideWorkload } from './outside-workload.ts';
import { policyChanged } from './policy-changed.ts';
import { previousAfterGrace } from './previous-after-grace.ts';
import { replicatedElsewhere } from './replicated-elsewhere.ts';
import { rotationChanged } from './rotation-changed.ts';
import { rotationFailed } from './rotation-failed.ts';
import { secretDeleted } from './secret-deleted.ts';
import { undeclaredRead } from './undeclared-read.ts';
import { unexpectedNetwork } from './unexpected-network.ts';

export const rules: Readonly<Record<DetectionName, Rule>> = {
  'undeclared-read': undeclaredRead,
  'honey-secret': honeySecret,
  'outside-workload': outsideWorkload,
  'audit-tampering': auditTampering,
  'break-glass-assumed': breakGlassAssumed,
  'many-secrets': manySecrets,
  'decrypt-without-read': decryptWithoutRead,
  'policy-changed': policyChanged,
  'key-changed': keyChanged,
  'secret-deleted': secretDeleted,
  'label-moved': labelMoved,
  'rotation-changed': rotationChanged,
  'replicated-elsewhere': replicatedElsewhere,
  'batch-of-everything': batchOfEverything,
  'unexpected-network': unexpectedNetwork,
  enumeration,
  'denied-burst': deniedBurst,
  'previous-after-grace': previousAfterGrace,
  'human-read': humanRead,
  'rotation-failed': rotationFailed,
  'first-read': firstRead,
};
