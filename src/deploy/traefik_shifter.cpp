#include <deploy/open_connections.hpp>
#include <deploy/traefik_api.hpp>
#include <deploy/traefik_routes.hpp>
#include <deploy/traefik_shifter.hpp>
#include <runtime/files.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

namespace itsup::deploy {

using std::chrono::steady_clock;

namespace {

constexpr std::string_view file_prefix = "itsup-rollout-";
constexpr mode_t file_mode = 0644;

Addresses addresses_of(const std::vector<model::Container>& containers) {
    Addresses out;
    for (const auto& container : containers) {
        for (const auto& [network, address] : container.networks) {
            if (!address.empty()) {
                out.insert(address);
            }
        }
    }
    return out;
}

Addresses common(const Addresses& one, const Addresses& other) {
    Addresses out;
    std::ranges::set_intersection(one, other, std::inserter(out, out.end()));
    return out;
}

/// What the copies are made without. Where there are no old ones the routing is held at those that
/// serve: Traefik may still list one that has just died, and would be held to it as well.
Addresses left_out(const TraefikView& view, const ServiceNames& services,
                   const TrafficShift& shift) {
    auto out = addresses_of(shift.old_containers);
    if (out.empty()) {
        out = addresses_at(view, services);
        for (const auto& address : addresses_of(shift.new_containers)) {
            out.erase(address);
        }
    }
    return out;
}

/// Whether they ask Traefik's docker provider for a route.
bool is_labelled(const std::vector<model::Container>& containers) {
    return std::ranges::any_of(containers, [](const model::Container& one) {
        const auto label = one.labels.find("traefik.enable");
        return label != one.labels.end() && label->second.find_first_of("tT1") == 0;
    });
}

bool lists(const TraefikService& service, const model::Container& container) {
    return std::ranges::any_of(container.networks, [&service](const auto& network) {
        return service.addresses.contains(network.second);
    });
}

/// Every service that leads to an old container leads to every new one, too.
bool lists_all_new(const TraefikPart& part, const std::set<std::string>& services,
                   const std::vector<model::Container>& containers) {
    return std::ranges::all_of(services, [&](const std::string& name) {
        const auto found = part.services.find(name);
        return found != part.services.end() &&
               std::ranges::all_of(containers, [&found](const model::Container& one) {
                   return lists(found->second, one);
               });
    });
}

bool lists_all_new(const TraefikView& view, const ServiceNames& services,
                   const std::vector<model::Container>& containers) {
    return lists_all_new(view.http, services.http, containers) &&
           lists_all_new(view.tcp, services.tcp, containers) &&
           lists_all_new(view.udp, services.udp, containers);
}

bool lists_none_of(const TraefikPart& part, const std::set<std::string>& services,
                   const Addresses& addresses) {
    return std::ranges::none_of(services, [&](const std::string& name) {
        const auto found = part.services.find(name);
        return found != part.services.end() &&
               std::ranges::any_of(addresses, [&found](const std::string& address) {
                   return found->second.addresses.contains(address);
               });
    });
}

bool lists_none_of(const TraefikView& view, const ServiceNames& services,
                   const Addresses& addresses) {
    return lists_none_of(view.http, services.http, addresses) &&
           lists_none_of(view.tcp, services.tcp, addresses);
}

using Condition = TraefikApi::Condition;

/// What may stand in the directory because of us.
struct Held {
    RolloutRoutes routes;
    /// Of the containers that served then, those that Traefik listed. What else it listed may have
    /// died, and its address may be given to the next container.
    Addresses listed;
};

/// Whether Traefik is through with containers that ended. Those that it was seen to list are over
/// when it lists them no more. One that it was never seen to list may still come: Traefik reads at
/// once what the engine tells, and takes it over up to two seconds later (its
/// `providersThrottleDuration`), when the container may be gone. So its list must have stayed the
/// same for a while.
class IsRidOf {
  public:
    IsRidOf(const Held& held, std::vector<model::Container> gone, std::chrono::milliseconds steady)
        : services_(held.routes.replaced),
          addresses_(addresses_of(gone)),
          unseen_(std::move(gone)),
          steady_(steady) {
        see(held.listed);
    }

    bool operator()(const TraefikView& view) {
        auto listed = addresses_at(view, services_);
        see(listed);
        const auto now = steady_clock::now();
        if (listed != last_) {
            last_ = std::move(listed);
            since_ = now;
        }
        const bool lists_none = lists_none_of(view, services_, addresses_);
        return lists_none && (unseen_.empty() || now - since_ >= steady_);
    }

  private:
    void see(const Addresses& listed) {
        std::erase_if(unseen_, [&listed](const model::Container& one) {
            return std::ranges::any_of(one.networks, [&listed](const auto& network) {
                return listed.contains(network.second);
            });
        });
    }

    ServiceNames services_;
    Addresses addresses_;
    /// One that ended by itself has no address any more, and stays here.
    std::vector<model::Container> unseen_;
    std::chrono::milliseconds steady_;
    Addresses last_;
    steady_clock::time_point since_ = steady_clock::now();
};

}  // namespace

struct TraefikShifter::Impl {
    Impl(runtime::Executor executor, TraefikSettings settings_, runtime::BlockingPool& pool_,
         base::Logger& log_)
        : settings(std::move(settings_)), pool(pool_), log(log_), api(executor, settings) {}

    runtime::Task<std::optional<TraefikView>> look(const TrafficShift& shift, StepScope& step);
    runtime::Task<> write(RolloutRoutes routes);
    runtime::Task<> remove(std::string name);
    runtime::Task<> put_in_force(Held held);

    TraefikSettings settings;
    runtime::BlockingPool& pool;
    base::Logger& log;
    TraefikApi api;
    /// By rollout name.
    std::map<std::string, Held> active;
};

runtime::Task<> TraefikShifter::Impl::write(RolloutRoutes routes) {
    const auto path = fmt::format("{}.yml", routes.name);
    auto work = [folder = settings.dynamic_directory, path,
                 text = std::move(routes.text)]() -> base::Result<> {
        TRY(const auto directory, runtime::Directory::open(folder));
        const runtime::FileTree tree{{path, {text, file_mode}}};
        TRY(const auto changes, directory.write_tree(tree, {}));
        static_cast<void>(changes);
        return {};
    };
    co_return co_await pool.run(std::move(work));
}

runtime::Task<> TraefikShifter::Impl::remove(std::string name) {
    auto work = [folder = settings.dynamic_directory,
                 path = fmt::format("{}.yml", name)]() -> base::Result<> {
        TRY(const auto directory, runtime::Directory::open(folder));
        return directory.remove_file(path);
    };
    co_return co_await pool.run(std::move(work));
}

runtime::Task<> TraefikShifter::Impl::put_in_force(Held held) {
    const auto& routes = held.routes;
    // First: cut short, the file may stand there all the same.
    active.insert_or_assign(routes.name, held);
    CO_TRY_VOID(co_await write(routes));
    Condition in_force = [&routes](const TraefikView& view) { return is_in_force(view, routes); };
    CO_TRY(const auto seen, co_await api.view_when(std::move(in_force)));
    static_cast<void>(seen);
    co_return base::Result<>{};
}

/// nullopt when there is no routing to change, which only a Traefik that is not there, or a
/// service that nobody routes to, can mean: what is not understood must not cost a request.
runtime::Task<std::optional<TraefikView>> TraefikShifter::Impl::look(const TrafficShift& shift,
                                                                     StepScope& step) {
    if (is_labelled(shift.old_containers) || is_labelled(shift.new_containers)) {
        auto seen = co_await api.view_if_there();
        if (seen.has_value() && !*seen) {
            step.line("routing is left alone: no Traefik is there");
        }
        co_return seen;
    }
    auto seen = co_await api.view();
    if (seen.has_value()) {
        co_return std::optional(std::move(*seen));
    }
    if (seen.error().kind == base::ErrorKind::cancelled) {
        co_return seen.error();
    }
    step.line("routing is left alone: the service asks for no route");
    co_return std::optional<TraefikView>{};
}

TraefikShifter::TraefikShifter(runtime::Executor executor, TraefikSettings settings,
                               runtime::BlockingPool& pool, base::Logger& log)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(settings), pool, log)) {}

TraefikShifter::~TraefikShifter() = default;

runtime::Task<Routing> TraefikShifter::shift_to(TrafficShift shift, StepScope& step) {
    const auto name = rollout_name(shift.project, shift.service);
    CO_TRY(auto view, co_await impl_->look(shift, step));
    if (!view) {
        co_return Routing::not_routed;
    }
    const auto old_addresses = addresses_of(shift.old_containers);
    // Without old ones the routing is held where it is.
    const auto services = services_at(
        *view, old_addresses.empty() ? addresses_of(shift.new_containers) : old_addresses);
    if (services.empty()) {
        step.line("routing is left alone: Traefik sends nothing to this service");
        co_return Routing::not_routed;
    }
    if (!old_addresses.empty()) {
        Condition all_new = [&](const TraefikView& seen) {
            return lists_all_new(seen, services, shift.new_containers);
        };
        auto followed = co_await impl_->api.view_when(std::move(all_new));
        if (followed.has_error()) {
            co_return base::Error(followed.error())
                .with_context("Traefik does not see the new ones");
        }
        view = std::move(*followed);
    }
    CO_TRY(auto routes, make_rollout(*view, name, services, left_out(*view, services, shift)));
    if (!routes) {
        step.line("routing is left alone: no router with a rule leads to this service");
        co_return Routing::not_routed;
    }
    step.line(fmt::format("writing {}.yml: {} routers", name,
                          routes->http.routers.size() + routes->tcp.routers.size()));
    const auto& serving = old_addresses.empty() ? shift.new_containers : shift.old_containers;
    Held held{std::move(*routes), common(addresses_at(*view, services), addresses_of(serving))};
    CO_TRY_VOID(co_await impl_->put_in_force(std::move(held)));
    step.line("Traefik uses it");
    co_return Routing::shifted;
}

runtime::Task<> TraefikShifter::drain(TrafficShift shift, StepScope& step) {
    const auto addresses = addresses_of(shift.old_containers);
    const auto start = steady_clock::now();
    const auto end = start + impl_->settings.drain;
    // Traefik answers on this machine's loopback, so its connections are in our tables.
    const bool can_count = impl_->settings.address.starts_with("127.");
    std::size_t open = 0;
    while (steady_clock::now() < end) {
        if (can_count) {
            auto count = [addresses] { return count_open_connections(addresses); };
            CO_TRY(open, co_await impl_->pool.run(std::move(count)));
            if (open == 0) {
                break;
            }
        }
        CO_TRY_VOID(co_await runtime::sleep_for(impl_->settings.ask_every));
    }
    const auto took = std::chrono::duration<double>(steady_clock::now() - start).count();
    step.line(fmt::format("drained for {:.1f} s, {} connections are open", took, open));
    co_return base::Result<>{};
}

runtime::Task<> TraefikShifter::release(TrafficShift shift, StepScope& step) {
    const auto name = rollout_name(shift.project, shift.service);
    const auto found = impl_->active.find(name);
    if (found == impl_->active.end()) {
        co_return base::Result<>{};
    }
    Condition without_old =
        IsRidOf(found->second, std::move(shift.old_containers), impl_->settings.steady);
    const auto followed = co_await impl_->api.view_when(std::move(without_old));
    if (followed.has_error()) {
        step.line(fmt::format("{}: it may still know the old ones", followed.error().message));
    }
    CO_TRY_VOID(co_await impl_->remove(name));
    impl_->active.erase(name);
    Condition nothing_left = [&name](const TraefikView& seen) { return is_gone(seen, name); };
    const auto confirmed = co_await impl_->api.view_when(std::move(nothing_left));
    step.line(confirmed.has_error()
                  ? fmt::format("removed {}.yml; {}", name, confirmed.error().message)
                  : fmt::format("removed {}.yml, Traefik is rid of it", name));
    co_return base::Result<>{};
}

bool TraefikShifter::holds(std::string_view project, std::string_view service) const {
    return impl_->active.contains(rollout_name(project, service));
}

runtime::Task<> TraefikShifter::clean_up() {
    auto work = [folder = impl_->settings.dynamic_directory]() -> base::Result<std::size_t> {
        const auto directory = runtime::Directory::open(folder);
        if (directory.has_error()) {
            return directory.error().kind == base::ErrorKind::not_found
                       ? base::Result<std::size_t>(0U)
                       : directory.error();
        }
        TRY(const auto entries, directory->list(""));
        std::size_t removed = 0;
        for (const auto& entry : entries) {
            if (entry.kind == runtime::EntryKind::file && entry.name.starts_with(file_prefix)) {
                TRY_VOID(directory->remove_file(entry.name));
                ++removed;
            }
        }
        return removed;
    };
    CO_TRY(const auto removed, co_await impl_->pool.run(std::move(work)));
    if (removed > 0) {
        impl_->log.warning("removed rollout routers that a dead daemon left behind",
                           {{"files", std::to_string(removed)}});
    }
    co_return base::Result<>{};
}

runtime::Task<Routing> NoTraffic::shift_to(TrafficShift, StepScope& step) {
    step.line("routing is left alone: there is no proxy");
    co_return Routing::not_routed;
}
runtime::Task<> NoTraffic::drain(TrafficShift, StepScope&) {
    co_return base::Result<>{};
}
runtime::Task<> NoTraffic::release(TrafficShift, StepScope&) {
    co_return base::Result<>{};
}
bool NoTraffic::holds(std::string_view, std::string_view) const {
    return false;
}
runtime::Task<> NoTraffic::clean_up() {
    co_return base::Result<>{};
}

}  // namespace itsup::deploy
