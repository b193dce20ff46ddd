// Starts OpenSearch inside its home folder, the only argument, on a free port of 127.0.0.1.
// A script, as the Java that runs it may be one without a compiler.
import java.nio.file.Path
import java.util.concurrent.CountDownLatch
import org.opensearch.env.Environment
import org.opensearch.http.HttpServerTransport
import org.opensearch.node.InternalSettingsPreparer
import org.opensearch.node.Node
import org.opensearch.common.settings.Settings
import org.opensearch.transport.Netty4Plugin

/** Without the folder of plugins that a distribution has. */
class LocalOpenSearch extends Node {
  LocalOpenSearch(Environment environment) { super(environment, [Netty4Plugin], true) }
}

def home = Path.of(args[0])
// The other settings are in config/opensearch.yml.
def settings = Settings.builder().put('path.home', home).build()
def node = new LocalOpenSearch(InternalSettingsPreparer.prepareEnvironment(settings, [:], null, { 'local' }))
addShutdownHook { node.close() }
node.start()
def address = node.injector().getInstance(HttpServerTransport).boundAddress().publishAddress()
home.resolve('http.port.new').toFile().text = address.port
home.resolve('http.port.new').toFile().renameTo(home.resolve('http.port').toFile())
// The threads of a node do not keep the process.
new CountDownLatch(1).await()
