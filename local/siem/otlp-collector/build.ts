/** The OTLP receiver of the OpenTelemetry Collector, built once from its pinned modules. */
import { buildGoProgram, type BuildOptions } from '../../go-program.ts';

const version = 'v0.165.0';

/**
 * The program's path. Its arguments: the address, the file of its certificate, that of the private key.
 *
 * @throws Error if there is no Go, or its module proxy is not available.
 */
export const buildCollector = (options: BuildOptions = {}): Promise<string> =>
  buildGoProgram(
    {
      name: `otlp-receiver-${version}`,
      title: `the OTLP receiver of OpenTelemetry ${version}`,
      purpose: 'The OTLP receiver is that of the OpenTelemetry Collector',
      oldestGo: 26,
      sources: import.meta.dirname,
      files: ['go.mod', 'go.sum', 'main.go'],
      package: '.',
    },
    options,
  );
