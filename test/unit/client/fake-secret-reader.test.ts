import { FakeSecretReader } from '../../_helpers/fake-secret-reader.ts';
import { describeSecretReader } from '../../_helpers/secret-reader-contract.ts';

describeSecretReader('the fake store', () => {
  const reader = new FakeSecretReader();
  return {
    reader,
    put: (name, value) => {
      reader.put(name, value);
      return Promise.resolve();
    },
  };
});
