// An OTLP/HTTP receiver of the OpenTelemetry Collector over TLS, which writes what it takes to its standard output.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
)

// Each batch is one line of OTLP JSON, as the Collector understood it. Logs with "refuse permanently" fail for good.
func take(_ context.Context, logs plog.Logs) error {
	line, err := (&plog.JSONMarshaler{}).MarshalLogs(logs)
	if err != nil {
		return err
	}
	if strings.Contains(string(line), "refuse permanently") {
		return consumererror.NewPermanent(errors.New("refused"))
	}
	fmt.Println(string(line))
	return nil
}

func run() error {
	factory := otlpreceiver.NewFactory()
	config := factory.CreateDefaultConfig()
	settings := confmap.NewFromStringMap(map[string]any{"protocols": map[string]any{"http": map[string]any{
		"endpoint": os.Args[1],
		"tls":      map[string]any{"cert_file": os.Args[2], "key_file": os.Args[3]},
	}}})
	if err := settings.Unmarshal(config); err != nil {
		return err
	}
	next, err := consumer.NewLogs(take)
	if err != nil {
		return err
	}
	params := receiver.Settings{
		ID:                component.NewID(factory.Type()),
		TelemetrySettings: componenttest.NewNopTelemetrySettings(),
	}
	logs, err := factory.CreateLogs(context.Background(), params, config, next)
	if err != nil {
		return err
	}
	if err := logs.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		return err
	}
	fmt.Println("ready")
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	return logs.Shutdown(context.Background())
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
