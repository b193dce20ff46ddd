/** Whether a consumer reads from inside of a VPC. */
import type { WorkloadProps } from './workload.ts';

export const networkOf = (
  consumer: { readonly network?: 'any' } & (
    | Pick<WorkloadProps, 'runsOn'>
    | { readonly permissionSet: string }
    | { readonly role: unknown }
    | { readonly roleArn: string }
  ),
): 'vpc' | 'any' => {
  if (consumer.network === 'any' || 'permissionSet' in consumer) return 'any';
  return 'runsOn' in consumer && outsideOfVpcs.has(consumer.runsOn) ? 'any' : 'vpc';
};

const outsideOfVpcs: ReadonlySet<WorkloadProps['runsOn']> = new Set(['github', 'oidc', 'roles-anywhere']);
