using Crm.Functions.Auth;
using Crm.Functions.Hosting;

namespace Crm.Functions.Dashboard;

public static class DashboardFunctions
{
    public static void MapDashboard(this IEndpointRouteBuilder app)
    {
        var dashboard = app.MapGroup("/dashboard").WithTags("Dashboard");
        dashboard.MapGet("/kpis", ShowKpis.Handle).Function("ShowKpis", Permission.ReadDashboard);
    }
}
