#pragma once

#include <api/contract/shapes.hpp>
#include <api/respond.hpp>
#include <base/clock.hpp>
#include <services/health.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace itsup::api {

/// GET /health, rendered once per change (its uptime is one, each second) and shared by all who ask
/// until the next one.
class HealthPage {
  public:
    HealthPage(const services::HealthMonitor& health, const base::Clock& clock, std::string version)
        : health_(health),
          clock_(clock),
          version_(std::move(version)),
          started_(clock.monotonic()) {}

    [[nodiscard]] contract::HealthView view() const;
    const Rendered& get();

  private:
    [[nodiscard]] std::chrono::seconds uptime() const;

    const services::HealthMonitor& health_;
    const base::Clock& clock_;
    std::string version_;
    base::Instant started_;
    Rendered rendered_;
    std::chrono::seconds rendered_at_{-1};
    std::uint64_t revision_ = 0;
};

}  // namespace itsup::api
