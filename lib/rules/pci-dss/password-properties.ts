/** Properties of CloudFormation resources that take a password. */
export const passwordProperties: Readonly<Record<string, readonly string[]>> = {
  'AWS::DMS::Endpoint': ['password'],
  'AWS::DirectoryService::MicrosoftAD': ['password'],
  'AWS::DocDB::DBCluster': ['masterUserPassword'],
  'AWS::ElastiCache::ReplicationGroup': ['authToken'],
  'AWS::ElastiCache::User': ['passwords'],
  'AWS::RDS::DBCluster': ['masterUserPassword'],
  'AWS::RDS::DBInstance': ['masterUserPassword'],
  'AWS::Redshift::Cluster': ['masterUserPassword'],
};
