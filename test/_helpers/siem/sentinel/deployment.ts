/** The Azure deployment that is shipped for Sentinel: its table and its data collection rule. */
import { readFileSync } from 'node:fs';
import type { Column } from './receiver.ts';

interface Template {
  readonly resources: readonly {
    readonly type: string;
    readonly properties: {
      readonly schema?: { readonly name: string; readonly columns: readonly Column[] };
      readonly streamDeclarations?: Readonly<Record<string, { readonly columns: readonly Column[] }>>;
      readonly dataFlows?: readonly { readonly streams: readonly string[]; readonly outputStream: string }[];
      readonly roleDefinitionId?: string;
    };
  }[];
}

export const readDeployment = () => {
  const { resources } = JSON.parse(readFileSync('docs/siem/sentinel.json', 'utf8')) as Template;
  const propertiesOf = (type: string) => {
    const found = resources.filter((resource) => resource.type === type);
    const [first] = found;
    if (!first || found.length > 1) throw new Error(`${type} is there ${found.length} times`);
    return first.properties;
  };
  const table = propertiesOf('Microsoft.OperationalInsights/workspaces/tables').schema;
  const rule = propertiesOf('Microsoft.Insights/dataCollectionRules');
  const [stream, declaration] = Object.entries(rule.streamDeclarations ?? {})[0] ?? [];
  if (!table || stream === undefined || !declaration) throw new Error('the deployment has no table or no stream');
  return {
    table,
    stream,
    columns: declaration.columns,
    flows: rule.dataFlows ?? [],
    role: propertiesOf('Microsoft.Authorization/roleAssignments').roleDefinitionId,
  };
};
