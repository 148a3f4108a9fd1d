#include <api/metrics.hpp>
#include <model/deployment.hpp>

#include <fmt/format.h>
#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <utility>
#include <vector>

namespace itsup::api {

namespace {

const prometheus::Histogram::BucketBoundaries request_buckets{0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                              0.025,  0.05,  0.1,    0.5,   2};
const prometheus::Histogram::BucketBoundaries deployment_buckets{1,  2.5, 5,   10, 20,
                                                                 40, 80,  160, 320};

std::string_view endpoint_of(const RequestScope& scope) {
    // One label for all that is no endpoint: paths come from outside and must not make new series.
    return scope.endpoint.empty() ? "other" : scope.endpoint;
}

}  // namespace

struct Metrics::Impl {
    prometheus::Registry registry;
    prometheus::Family<prometheus::Counter>& requests;
    prometheus::Family<prometheus::Histogram>& durations;
    prometheus::Family<prometheus::Counter>& deployments;
    prometheus::Family<prometheus::Histogram>& deployment_durations;
    std::map<std::pair<std::string_view, int>, prometheus::Counter*> request_counters;
    std::map<std::string_view, prometheus::Histogram*> request_histograms;
    struct Read {
        std::string name;
        std::string help;
        prometheus::MetricType type;
        std::function<double()> read;
    };
    std::vector<Read> reads;

    Impl()
        : requests(prometheus::BuildCounter()
                       .Name("itsup_http_requests_total")
                       .Help("Requests by endpoint and status.")
                       .Register(registry)),
          durations(prometheus::BuildHistogram()
                        .Name("itsup_http_request_duration_seconds")
                        .Help("Time from the request's end to the answer's.")
                        .Register(registry)),
          deployments(prometheus::BuildCounter()
                          .Name("itsup_deployments_total")
                          .Help("Deployments by action and final state.")
                          .Register(registry)),
          deployment_durations(prometheus::BuildHistogram()
                                   .Name("itsup_deployment_duration_seconds")
                                   .Help("Time from a deployment's start to its end.")
                                   .Register(registry)) {}
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::count_request(const RequestScope& scope, int status,
                            std::chrono::steady_clock::duration took) {
    const auto endpoint = endpoint_of(scope);
    auto& counter = impl_->request_counters[{endpoint, status}];
    if (counter == nullptr) {
        counter = &impl_->requests.Add(
            {{"endpoint", std::string(endpoint)}, {"status", std::to_string(status)}});
    }
    counter->Increment();
    auto& histogram = impl_->request_histograms[endpoint];
    if (histogram == nullptr) {
        histogram = &impl_->durations.Add({{"endpoint", std::string(endpoint)}}, request_buckets);
    }
    histogram->Observe(std::chrono::duration<double>(took).count());
}

void Metrics::count_deployment(const model::Deployment& deployment) {
    const std::map<std::string, std::string> labels{
        {"action", std::string(to_string(deployment.action))},
        {"state", std::string(to_string(deployment.state))}};
    impl_->deployments.Add(labels).Increment();
    if (deployment.started_at && deployment.finished_at) {
        const std::chrono::duration<double> took = *deployment.finished_at - *deployment.started_at;
        impl_->deployment_durations
            .Add({{"action", std::string(to_string(deployment.action))}}, deployment_buckets)
            .Observe(took.count());
    }
}

void Metrics::add_gauge(std::string name, std::string help, std::function<double()> read) {
    impl_->reads.push_back(
        {std::move(name), std::move(help), prometheus::MetricType::Gauge, std::move(read)});
}

void Metrics::add_counter(std::string name, std::string help, std::function<double()> read) {
    impl_->reads.push_back(
        {std::move(name), std::move(help), prometheus::MetricType::Counter, std::move(read)});
}

std::string Metrics::render() const {
    auto families = impl_->registry.Collect();
    for (const auto& read : impl_->reads) {
        prometheus::MetricFamily family;
        family.name = read.name;
        family.help = read.help;
        family.type = read.type;
        prometheus::ClientMetric metric;
        if (read.type == prometheus::MetricType::Gauge) {
            metric.gauge.value = read.read();
        } else {
            metric.counter.value = read.read();
        }
        family.metric.push_back(std::move(metric));
        families.push_back(std::move(family));
    }
    // A family without a sample yet is a line that promtool warns of.
    std::erase_if(families, [](const auto& family) { return family.metric.empty(); });
    return prometheus::TextSerializer{}.Serialize(families);
}

}  // namespace itsup::api
