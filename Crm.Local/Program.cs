namespace Crm.Local;

internal static class Program
{
    private static void Main() => Console.WriteLine("Crm.Local");
}
