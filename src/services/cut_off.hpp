#pragma once

#include <base/clock.hpp>
#include <deploy/order_record.hpp>
#include <model/deployment.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::services {

/// What the end of the daemon left undone of one project, as one order.
struct CutOff {
    static constexpr std::chrono::hours age_max{24};
    /// In front of the id of the one that a deployment takes up, as its request's id.
    static constexpr std::string_view mark = "resumes-";

    /// A part of one of them that it does not take up.
    struct LeftOut {
        std::string deployment_id;
        /// `force`, `pull`, or the action.
        std::string_view what;
    };

    /// The newest of those that it goes on with.
    model::Deployment newest;
    model::DeploymentAction action = model::DeploymentAction::deploy;
    /// The services of all of them. `force`, or a pull, is only what those that asked for it asked
    /// of all these services.
    deploy::OrderTerms terms;
    /// When forced: what was made since is new enough. The newest that forces decides; nothing is
    /// for one that never began.
    std::optional<base::Timestamp> keep_since;
    std::vector<LeftOut> left_out;
};

/// Whether the end of the daemon cut it off and one like it may take it up again: what brings
/// something up, not what stops or pulls it; not what a person had cancelled, or ran at the
/// terminal without a daemon; not what took another one up already, nor what began long ago (or was
/// ordered, where it never began): when a daemon died nobody knows.
bool can_be_taken_up(const model::Deployment& deployment, base::Timestamp now);

/// Goes back over all that the same end of the daemon cut off, one in its run and others that
/// waited behind it, to the first that stands against what is older: a stop, a down, a rollback, or
/// what a person ran at the terminal. A deploy among them goes before a start or restart; a restart
/// before a start, where it brings up all that the start does, else it is left out. Pure.
std::optional<CutOff> find_cut_off(const std::vector<model::Deployment>& newest_first,
                                   base::Timestamp now);

}  // namespace itsup::services
