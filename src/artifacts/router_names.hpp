#pragma once

#include <model/root_config.hpp>

#include <map>
#include <set>
#include <string>
#include <utility>

namespace itsup::artifacts {

/// Gives out names that nobody else has: the second owner of `a-b-80` gets `a-b-80-2`.
class NameRegistry {
  public:
    explicit NameRegistry(std::set<std::string> taken = {}) : taken_(std::move(taken)) {}
    std::string claim(const std::string& wanted);

  private:
    std::set<std::string> taken_;
};

/// The names that one ingress row's labels carry.
struct LabelNames {
    std::string router;
    /// Rows of one service and port share their Traefik service if they speak to it alike (scheme,
    /// health check, PROXY protocol).
    std::string service;
};

/// The label names of every ingress row of the root's container projects. The second row of one
/// service and port gets `-2`. Where `a-b` + `c` and `a` + `b-c` would flatten to one name, each
/// gets a digest of who it is, so that neither ever takes the name that the other runs with.
class LabelNamePlan {
  public:
    LabelNamePlan() = default;
    explicit LabelNamePlan(const model::RootConfig& root);
    /// nullptr for rows that get no labels.
    [[nodiscard]] const LabelNames* find(const std::string& project, std::size_t row) const;

  private:
    std::map<std::pair<std::string, std::size_t>, LabelNames> names_;
};

/// An address or name as a part of a router's name: `.` and `:` become `-`.
std::string name_part(std::string_view text);

}  // namespace itsup::artifacts
