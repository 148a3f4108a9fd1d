#pragma once

#include <api/request_scope.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace itsup::model {
struct Deployment;
}

namespace itsup::api {

/// The numbers of the daemon in Prometheus' text format.
class Metrics {
  public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    void count_request(const RequestScope& scope, int status,
                       std::chrono::steady_clock::duration took);
    /// After a deployment ended.
    void count_deployment(const model::Deployment& deployment);
    /// A number that is read when somebody scrapes.
    void add_gauge(std::string name, std::string help, std::function<double()> read);
    /// The same for one that only rises.
    void add_counter(std::string name, std::string help, std::function<double()> read);

    /// Text exposition format 0.0.4.
    [[nodiscard]] std::string render() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace itsup::api
